// Worksheet functions: xlwings' own client calls the server once a cell. Here the calls of one recalculation are
// gathered and sent together, and what comes back as an error becomes Excel's own error with its sentence.
import "../js/utils.js";
import { ask } from "./service.js";
import { settings, text } from "./settings.js";

const CALL_PATH = `${settings.path}/xlwings/custom-functions-call`;
const MOST_CALLS = 1000;
const MOST_CELLS = 200_000;
const WAIT_MS = 8;

const plain = globalThis.xwRequest;
globalThis.xwRequest = {
  get: plain.get,
  post: (address, body, options) =>
    address.endsWith(CALL_PATH) ? gather(body) : plain.post(address, body, options),
};

let waiting = [];
let cells = 0;

function gather(body) {
  return new Promise((resolve, reject) => {
    const call = { name: body.func_name, arguments: body.args.map(grid) };
    waiting.push({ call, resolve, reject });
    cells += call.arguments.reduce((sum, rows) => sum + rows.length * (rows[0]?.length ?? 0), 0);
    if (waiting.length === 1) setTimeout(send, WAIT_MS);
    if (waiting.length >= MOST_CALLS || cells >= MOST_CELLS) send();
  });
}

async function send() {
  const sent = waiting;
  waiting = [];
  cells = 0;
  if (!sent.length) return;
  try {
    const { results } = await ask("POST", "/api/functions", { calls: sent.map((one) => one.call) });
    sent.forEach((one, place) => one.resolve({ data: { result: results[place].map((row) => row.map(shownCell)) } }));
  } catch (error) {
    // A refusal the client does not try again: the sentence goes into the cell.
    const response = { status: 400, data: error.message || text("pane-server-failed") };
    sent.forEach((one) => one.reject(Object.assign(new Error(error.message), { response })));
  }
}

/** An argument as our service reads it: rows of plain cells, none where nothing was given. */
function grid(given) {
  if (given === null || given === undefined) return [];
  const rows = Array.isArray(given) ? given : [[given]];
  return rows.map((row) => row.map(plainCell));
}

/** Excel hands errors, formatted numbers and linked data over as objects with a basic value. */
function plainCell(cell) {
  if (cell === null || typeof cell !== "object") return cell;
  return cell.basicValue ?? null;
}

const CODES = {
  "#DIV/0!": "divisionByZero",
  "#N/A": "notAvailable",
  "#NAME?": "invalidName",
  "#NUM!": "invalidNumber",
  "#REF!": "invalidReference",
  "#VALUE!": "invalidValue",
};

/** A blank is shown as empty text, for null would become 0. Excel shows the reason with #VALUE! and #N/A. */
function shownCell(cell) {
  if (cell === null) return "";
  if (typeof cell !== "object") return cell;
  return new CustomFunctions.Error(CustomFunctions.ErrorCode[CODES[cell.error]], cell.reason);
}
