"""A fresh emulator for every test, and the real gspread signed in to it."""

from collections.abc import Callable, Iterator

import gspread
import pytest
from google.oauth2.credentials import Credentials as PersonCredentials
from google.oauth2.service_account import Credentials as ServiceCredentials
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter

from sync.emulator import Emulator

CITY = "thanhpho@chuthapdo.example"
WARD = "phuong@chuthapdo.example"
SCOPES = ["https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive"]

SignIn = Callable[..., gspread.Client]


class ToEmulator(HTTPAdapter):
    """Sends what is meant for Google to the emulator; gspread itself stays as it is."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: PreparedRequest, *args: object, **kwargs: object) -> Response:
        assert request.url is not None
        _, _, rest = request.url.removeprefix("https://").partition("/")
        request.url = f"{self._url}/{rest}"
        return super().send(request, *args, **kwargs)  # type: ignore[arg-type]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def sign_in() -> Iterator[SignIn]:
    """``sign_in(emulator, email)`` for a person, ``sign_in(emulator, robot=name)`` for a service account."""
    clients: list[gspread.Client] = []

    def signed_in(
        emulator: Emulator, email: str | None = None, *, robot: str | None = None, scopes: list[str] = SCOPES
    ) -> gspread.Client:
        if robot is not None:
            key = emulator.key(robot)
            credentials = ServiceCredentials.from_service_account_info(key, scopes=scopes)
        else:
            kept = emulator.authorized_user(str(email))
            # from_authorized_user_info would go to Google's own token address, whatever is written in the file.
            credentials = PersonCredentials(
                None,
                refresh_token=kept["refresh_token"],
                token_uri=kept["token_uri"],
                client_id=kept["client_id"],
                client_secret=kept["client_secret"],
            )
        client = gspread.Client(auth=credentials)
        client.http_client.session.mount("https://", ToEmulator(emulator.url))
        client.set_timeout(10)
        clients.append(client)
        return client

    yield signed_in
    for client in clients:
        client.http_client.session.close()
        request = client.http_client.session._auth_request
        if request is not None:
            request.session.close()


@pytest.fixture
def city(emulator: Emulator, sign_in: SignIn) -> gspread.Client:
    """The city's officer, signed in by OAuth."""
    return sign_in(emulator, CITY)


@pytest.fixture
def robot(emulator: Emulator, sign_in: SignIn) -> gspread.Client:
    """The city's service account."""
    return sign_in(emulator, robot="xl-ctd")


@pytest.fixture
def book(city: gspread.Client) -> gspread.Spreadsheet:
    """A new spreadsheet of the city with one tab, as people in Vietnam write."""
    spreadsheet = city.create("Báo cáo phường")
    spreadsheet.update_locale("vi_VN")
    return spreadsheet


@pytest.fixture
def tab(book: gspread.Spreadsheet) -> gspread.Worksheet:
    return book.sheet1
