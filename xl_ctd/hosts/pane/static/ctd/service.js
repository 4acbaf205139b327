// The road to our service: one function, and errors that are already a sentence for the person.
import { settings, text } from "./settings.js";

const TOKEN = "ctdToken";
let heldToken = "";

/** Something could not be done; `message` is the sentence, `kind` says what the pane can offer:
 *  "sign-in", "reload", "down" or "refused". `support` goes into what people copy for whoever helps them. */
export class Refused extends Error {
  constructor(sentence, kind = "refused", support = {}) {
    super(sentence);
    this.kind = kind;
    this.support = support;
  }
}

export function token() {
  try {
    return localStorage.getItem(TOKEN) ?? heldToken;
  } catch {
    return heldToken; // private windows have no storage: signed in until the pane is closed
  }
}

export function keepToken(words) {
  heldToken = words;
  try {
    if (words) localStorage.setItem(TOKEN, words);
    else localStorage.removeItem(TOKEN);
  } catch {
    // kept in memory only
  }
}

export function headers() {
  // The pane's language, not that of Windows, which WebView2 would say by itself.
  return {
    Authorization: token() ? `Bearer ${token()}` : "",
    "X-CTD-Version": settings.version,
    "Accept-Language": settings.language,
  };
}

/** Ask the service. Raises Refused for everything that is not an answer. */
export async function ask(method, path, body) {
  const address = window.location.origin + path;
  const options = { headers: { "Content-Type": "application/json", ...headers() }, timeout: settings.timeout * 1000 };
  try {
    const { get, post } = globalThis.xwRequest;
    return (method === "GET" ? await get(address, options) : await post(address, body, options)).data;
  } catch (error) {
    throw refusalOf(error);
  }
}

export function refusalOf(error) {
  if (error instanceof Refused) return error;
  const response = error?.response;
  if (!response) {
    if (!error?.request) throw error;
    return new Refused(text("pane-service-down"), "down", { cause: error.message });
  }
  const { status, data } = response;
  const told = told_by(data);
  const support = { status, code: told.code, support: told.support };
  // Whoever holds an old key is signed in all the same: nothing to type here helps.
  if (status === 401 && told.code !== "page-key-wrong") return new Refused(told.sentence || text("pane-signed-out"), "sign-in", support);
  if (status === 426) return new Refused(text("pane-outdated"), "reload", support);
  if (told.sentence) return new Refused(told.sentence, "refused", support);
  if (status === 413) return new Refused(text("pane-workbook-too-large"), "refused", support);
  return new Refused(text("pane-server-failed"), "refused", support);
}

/** xlwings' own roads answer with text or {detail}, ours with {error: {sentence, code, support}}. */
function told_by(data) {
  const error = typeof data === "object" && data !== null ? (data.error ?? data.detail ?? data) : data;
  if (typeof error === "string") return { sentence: error === "An error occurred." ? "" : error };
  const { sentence = "", code, support } = error ?? {};
  return { sentence, code, support };
}
