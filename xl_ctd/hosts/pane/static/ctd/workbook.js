// The open workbook: sending it, writing what comes back, jumping to a cell. Uses xlwings' client as it is.
import { ask, Refused } from "./service.js";
import { settings, text } from "./settings.js";

const ANSWER_MACRO = "ctdAnswer";
const OUR_TABLES = "tbl";
const OUR_NAMES = "ctd_";
const ASK_AGAIN_MS = 400;
let answered = null;

/** xlwings hands the answer of an action to this function once everything before it was written. */
export function hearAnswers() {
  globalThis.callbacks[ANSWER_MACRO] = async (context, answer) => {
    await context.sync();
    answered = JSON.parse(answer);
  };
}

/** Run an action on the open workbook. `say` is told how far it is. Raises Refused; then nothing was written,
 *  unless its kind is "half-written". */
export async function runOnWorkbook(action, chosen, say) {
  answered = null;
  await Excel.run(async (context) => {
    say(text("pane-reading"));
    const sent = await bookData(context);
    const before = imprint(sent);
    say(text("pane-working"));
    const ticket = newTicket();
    const watching = watch(`/api/pane/${ticket}`, say);
    const asked = { ...sent, args: [JSON.stringify(chosen), ticket] };
    const road = `${settings.path}/xlwings/custom-scripts-call/${action.id}`;
    const reply = await ask("POST", road, asked).finally(() => clearInterval(watching));
    if (reply.actions.length > 1) {
      say(text("pane-writing"));
      if (imprint(await bookData(context)) !== before) throw new Refused(text("pane-workbook-changed"));
    }
    await write(reply, context, before);
  });
  if (answered === null) throw new Refused(text("pane-server-failed"));
  return answered;
}

async function write(reply, context, before) {
  try {
    await globalThis.xlwings.runActions(reply, context);
    await context.sync();
  } catch (error) {
    const support = { step: error.actionFunc, place: error.actionIndex, cause: error.cause?.code ?? error.code };
    const untouched = await Excel.run(async (fresh) => imprint(await bookData(fresh)) === before).catch(() => false);
    if (untouched) throw new Refused(text("pane-not-written"), "refused", support);
    throw new Refused(text("pane-half-written"), "half-written", support);
  }
}

async function bookData(context) {
  try {
    const exclude = (await notNeeded(context)).join(",");
    return await globalThis.xlwings.getBookData({ headers: { "X-CTD": "1" }, exclude }, context);
  } catch (error) {
    throw new Refused(text("pane-workbook-unreadable"), "refused", { cause: error.code ?? error.message });
  }
}

/** Sheets of the office's own stay here: those that hold neither a table nor a name of ours. xlwings divides the list
 *  at commas, so a sheet with one in its name is sent. */
async function notNeeded(context) {
  const sheets = context.workbook.worksheets.load("items/name");
  const names = context.workbook.names.load("items/name,items/type");
  await context.sync();
  const tables = sheets.items.map((sheet) => sheet.tables.load("items/name"));
  const places = names.items
    .filter((name) => name.type === "Range" && name.name.startsWith(OUR_NAMES))
    .map((name) => name.getRange().worksheet.load("name"));
  await context.sync();
  const named = new Set(places.map((sheet) => sheet.name));
  return sheets.items
    .filter((sheet, place) => !named.has(sheet.name) && !tables[place].items.some((table) => table.name.startsWith(OUR_TABLES)))
    .map((sheet) => sheet.name)
    .filter((name) => !name.includes(",") && name === name.trim());
}

/** What must not have changed between reading and writing: the sheets, their order, their filled cells. */
function imprint(book) {
  return JSON.stringify(book.sheets.map((sheet) => [sheet.name, sheet.used_range_address, sheet.values, sheet.tables]));
}

/** Select a cell of the open workbook. Raises Refused when it lies in another file or its sheet is gone. */
export async function jump({ file, sheet, cell }) {
  await Excel.run(async (context) => {
    const workbook = context.workbook.load("name");
    const found = context.workbook.worksheets.getItemOrNullObject(sheet);
    found.load("name,visibility");
    await context.sync();
    if (file && file !== workbook.name) throw new Refused(text("pane-cell-elsewhere", { file, sheet, cell }));
    if (found.isNullObject) throw new Refused(text("pane-sheet-gone", { sheet }));
    if (found.visibility !== "Visible") throw new Refused(text("pane-sheet-hidden", { sheet }));
    found.activate();
    found.getRange(cell || "A1").select();
    await context.sync();
  }).catch((error) => {
    throw error instanceof Refused ? error : new Refused(text("pane-cell-unreachable", { sheet, cell }));
  });
}

const SOURCE_FORMULA = /^=(?:_xldudf_)?CTD[._]NGUON\((.*)\)$/i;
const LITERAL = /^"((?:[^"]|"")*)"$/;
const REFERENCE = /^(?:(?:'((?:[^']|'')+)'|([\p{L}\d_.]+))!)?(\$?[A-Z]{1,3}\$?\d+)$/iu;

/** What the active cell asks for with CTD.NGUON(…), typed there or standing in the cell it points at; "" for any other
 *  formula or value. */
export async function askedSource() {
  return Excel.run(async (context) => {
    const cell = context.workbook.getActiveCell().load("formulas");
    await context.sync();
    const [, argument = ""] = SOURCE_FORMULA.exec(cell.formulas[0][0]) ?? [];
    const [, literal] = LITERAL.exec(argument) ?? [];
    const [, quoted, plain, address] = REFERENCE.exec(argument) ?? [];
    if (!address) return (literal ?? "").replaceAll('""', '"').trim();
    const name = quoted?.replaceAll("''", "'") ?? plain;
    const { worksheets } = context.workbook;
    const sheet = name ? worksheets.getItem(name) : worksheets.getActiveWorksheet();
    const pointed = sheet.getRange(address).load("values");
    await context.sync();
    return String(pointed.values[0][0]).trim();
  }).catch((error) => {
    throw new Refused(text("pane-workbook-unreadable"), "refused", { cause: error.code ?? error.message });
  });
}

/** Without a workbook an action works on the master on disk. */
export async function runOnServer(action, chosen, say) {
  say(text("pane-working"));
  const { run } = await ask("POST", `/api/actions/${action.id}`, { arguments: chosen, wait: false });
  for (;;) {
    const told = await ask("GET", `/api/actions/${run}/progress`);
    if (told.state === "done") return told.answer;
    if (told.state === "failed") throw new Refused(told.sentence, "refused", { code: told.code, support: told.support });
    sayStep(told, say);
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function watch(address, say) {
  return setInterval(async () => {
    try {
      sayStep(await ask("GET", address), say);
    } catch {
      // the answer itself will tell what is wrong
    }
  }, ASK_AGAIN_MS);
}

function sayStep({ step, done, total }, say) {
  const code = `pane-step-${step}`;
  if (step && total && code in settings.texts) say(text(code, { done, total }));
}

/** What the service knows this one action by while it is under way. */
function newTicket() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
