// The task pane: sign in, choose, look, agree, undo. Every screen is built from what the service says.
import "./functions.js";
import { ask, keepToken, Refused, token } from "./service.js";
import { settings, text } from "./settings.js";
import { conflicts, element, findings, held, table } from "./show.js";
import { askedSource, hearAnswers, jump, runOnServer, runOnWorkbook } from "./workbook.js";

const actions = new Map(settings.groups.flatMap((group) => group.actions).map((action) => [action.id, action]));
const view = document.getElementById("view");
const status = document.getElementById("status");
const person = document.getElementById("person");
const signOut = document.getElementById("sign-out");
let busy = false;

// --- screens -----------------------------------------------------------------------------------------------------

/** Put a screen in place; the cursor goes to its heading, so that a screen reader reads it and Tab goes on from there. */
function show(...parts) {
  view.replaceChildren(...parts);
  signOut.hidden = person.hidden = !token();
  window.scrollTo(0, 0);
  (view.querySelector("[data-first]") ?? view.querySelector("h2"))?.focus();
}

function heading(words) {
  return element("h2", { tabIndex: -1 }, words);
}

function button(words, kind, act) {
  return element("button", { type: "button", className: kind, onclick: act }, words);
}

function showSignIn(sentence = "") {
  const words = element("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    spellcheck: false,
    required: true,
    "data-first": "",
    "aria-describedby": "token-hint",
  });
  const form = element(
    "form",
    { className: "sheet" },
    element("label", { htmlFor: "token" }, text("pane-token")),
    words,
    element("p", { id: "token-hint", className: "hint" }, text("pane-token-hint")),
    element("button", { type: "submit", className: "main" }, text("pane-sign-in")),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    keepToken(words.value.trim());
    signIn();
  };
  const wrong = sentence ? [element("p", { className: "wrong", role: "alert" }, sentence)] : [];
  show(heading(text("pane-sign-in-title")), ...wrong, form);
}

/** Ask whose the token is. A token that opens nothing leads back to the sign-in, with the service's sentence. */
async function signIn() {
  if (!token()) return showSignIn();
  try {
    const me = await ask("GET", "/api/me");
    person.textContent = me.name === me.role ? text(`pane-role-${me.role}`) : me.name;
  } catch (error) {
    if (error.kind !== "down") keepToken("");
    return showSignIn(error.message);
  }
  showHome();
}

function showHome() {
  const groups = settings.groups.map((group) =>
    element(
      "section",
      { "aria-label": group.label },
      element("h3", {}, group.label),
      ...group.actions.map((action) =>
        element(
          "button",
          { type: "button", className: "action", id: `action-${action.id}`, onclick: () => click(action.id) },
          element("img", { src: `${settings.path}/static/icons/${action.id}-32.png`, alt: "", width: 20, height: 20 }),
          element("span", { className: "words" }, element("b", {}, action.label), element("span", {}, action.hint)),
        ),
      ),
    ),
  );
  show(element("h2", { tabIndex: -1, className: "unseen" }, text("pane-home")), element("div", { className: "home" }, ...groups));
}

function showWorking(action) {
  const step = element("p", { className: "step" });
  const clock = element("p", { className: "clock", "aria-hidden": "true" });
  show(heading(action.label), element("div", { className: "bar-of-work", role: "progressbar" }), step, clock);
  const began = Date.now();
  const ticking = setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000);
    if (seconds >= 2) clock.textContent = text("pane-seconds", { seconds });
  }, 500);
  return {
    say: (words) => (step.textContent = status.textContent = words),
    stop: () => clearInterval(ticking),
  };
}

function showAnswer(action, answer, mayUndo) {
  status.textContent = answer.title;
  const parts = [heading(answer.title), element("p", { className: "sentence" }, answer.sentence)];
  if (answer.asks) {
    parts.push(
      element(
        "div",
        { className: "choice" },
        button(answer.asks === "hop_nhat" ? text("pane-agree") : actions.get(answer.asks).label, "main", () => run(answer.asks)),
        button(text("pane-decline"), "", showHome),
      ),
    );
  }
  parts.push(...answer.tables.map((one) => shownTable(one, !answer.asks)));
  if (answer.findings.length) parts.push(findings(answer.findings, jumpTo));
  const next = answer.asks ? [] : [button(text("pane-back"), "", showHome)];
  if (mayUndo && !answer.asks) {
    next.unshift(button(actions.get("hoan_tac").label, "", () => click("hoan_tac")));
  }
  show(...parts, element("div", { className: "choice" }, ...next));
}

/** Before a merge there is nothing to decide yet; afterwards conflicts are decided and held files let pass here. */
function shownTable(one, mayDecide) {
  if (one.kind === "conflicts") return conflicts(one, mayDecide && decide);
  if (one.kind === "held") return held(one, mayDecide && ((unit, year, name) => run("xung_dot", { unit, year, name })));
  return table(one);
}

/** The service closes many conflicts at once when all take the same side. */
function decide(chosen) {
  const sides = new Map();
  for (const [id, side] of chosen) sides.set(side, [...(sides.get(side) ?? []), id]);
  return run("xung_dot", ...[...sides].map(([take, ids]) => ({ conflict: ids.join(" "), take })));
}

function showError(action, error) {
  const refused = error instanceof Refused ? error : new Refused(text("pane-unexpected"), "refused", { cause: error.message });
  if (refused.kind === "sign-in") {
    keepToken("");
    return showSignIn(refused.message);
  }
  const again =
    refused.kind === "reload"
      ? button(text("pane-reload"), "main", () => window.location.reload())
      : button(text("pane-again"), "main", () => click(action.id));
  const copied = element("p", { className: "hint", role: "status" });
  const copy = button(text("pane-copy-support"), "quiet", async () => {
    copied.textContent = (await copyText(supportText(action, refused))) ? text("pane-copied") : text("pane-not-copied");
  });
  show(
    heading(action.label),
    element("p", { className: "wrong", role: "alert" }, refused.message),
    element("div", { className: "choice" }, again, button(text("pane-back"), "", showHome)),
    element("div", { className: "support" }, copy, copied),
  );
}

// --- doing -------------------------------------------------------------------------------------------------------

/** A click on the ribbon or in the pane: an action that has a preview shows it first. */
function click(id) {
  return run(actions.get(id)?.preview ?? id);
}

/** Run an action once for each choice, one after another, and show the last answer. */
async function run(id, ...choices) {
  const action = actions.get(id);
  if (!token()) return showSignIn();
  if (busy) {
    status.textContent = text("pane-busy");
    return;
  }
  busy = true;
  const working = showWorking(action);
  try {
    let answer;
    for (const chosen of choices.length ? choices : [{}]) {
      answer = await carryOut(action, chosen, working.say);
    }
    showAnswer(action, answer, id === "hop_nhat" || (id === "xung_dot" && choices.length > 0));
  } catch (error) {
    showError(action, error);
  } finally {
    working.stop();
    busy = false;
  }
}

async function carryOut(action, chosen, say) {
  if (action.id === "nguon_so_lieu") {
    const asked = await askedSource();
    if (asked.includes("!")) return runOnServer(action, { cell: asked }, say);
    if (asked) return { title: action.label, sentence: await sourceOf(asked), tables: [], findings: [], asks: null };
  }
  return (action.needs_book ? runOnWorkbook : runOnServer)(action, chosen, say);
}

/** What CTD.NGUON answers for a target or a row, whole: in its cell a long text is cut off. */
async function sourceOf(asked) {
  const { results } = await ask("POST", "/api/functions", { calls: [{ name: "NGUON", arguments: [[[asked]]] }] });
  const [[answer]] = results[0];
  if (typeof answer === "object") throw new Refused(answer.reason);
  return answer;
}

async function jumpTo(place, told) {
  told.textContent = "";
  try {
    await jump(place);
  } catch (error) {
    told.textContent = error.message;
  }
}

/** What a person sends to whoever helps: what was tried and where, nothing that was typed and no key. */
function supportText(action, refused) {
  const host = globalThis.Office?.context?.diagnostics ?? {};
  const facts = {
    when: new Date().toISOString(),
    action: action.id,
    kind: refused.kind,
    ...refused.support,
    sentence: refused.message,
    version: settings.version,
    host: [host.host, host.platform, host.version].filter(Boolean).join(" "),
  };
  return Object.entries(facts)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name}: ${value}`)
    .join("\n")
    .replaceAll(settings.path, "/xl/…"); // an error of the browser may name an address, which holds the key
}

async function copyText(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    const area = element("textarea", { value: words, className: "unseen" });
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy"); // the only road in Excel for Windows, where the clipboard is closed
    area.remove();
    return copied;
  }
}

// --- beginning ---------------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !busy && token()) showHome();
});
signOut.onclick = () => {
  keepToken("");
  showSignIn();
};

Office.onReady(() => {
  hearAnswers();
  for (const id of actions.keys()) {
    Office.actions.associate(id, async (event) => {
      try {
        await Office.addin.showAsTaskpane();
      } finally {
        event.completed(); // Excel waits for this and not for the action, which is told in the pane
      }
      await click(id);
    });
  }
  signIn();
});
