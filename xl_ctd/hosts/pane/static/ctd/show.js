// Answers as elements of the page. Text only: nothing a workbook holds is ever read as HTML.
import { text } from "./settings.js";

const WIDE = 3;
const SHOWN_AT_FIRST = 12;
const SIGNS = { error: "✕", warning: "!", info: "i" };

export function element(name, traits = {}, ...children) {
  const made = document.createElement(name);
  for (const [trait, value] of Object.entries(traits)) {
    if (trait in made) made[trait] = value;
    else made.setAttribute(trait, value);
  }
  made.append(...children);
  return made;
}

function titled(title, count, kind, ...parts) {
  const heading = element("h3", {}, title, " ", element("span", { className: "count" }, count));
  return element("section", { className: kind, "aria-label": title }, heading, ...parts);
}

/** The first few of a long list, and a button for the rest. */
function fewAtFirst(items, list) {
  list.append(...items.slice(0, SHOWN_AT_FIRST));
  const rest = items.slice(SHOWN_AT_FIRST);
  if (!rest.length) return [];
  const more = element("button", { type: "button", className: "quiet" }, text("pane-show-more", { count: rest.length }));
  more.onclick = () => {
    list.append(...rest);
    more.remove();
  };
  return [more];
}

const SIDES = ["base", "ward", "master"];
const FIRST_SIDE = 3;

/** Conflicts with their three values side by side. With `decide` (conflict → side, all that were chosen) a person may
 *  choose; without it they are only shown. */
export function conflicts({ title, headers, rows }, decide) {
  const chosen = new Map();
  const go = element("button", { type: "button", className: "main", disabled: true }, text("pane-decide-none"));
  go.onclick = () => decide(chosen);
  const choose = (id, side) => {
    chosen.set(id, side);
    go.disabled = false;
    go.textContent = text("pane-decide", { count: chosen.size });
  };
  const list = element("ul", { className: "cards" });
  const items = rows.map((row) => conflict(headers, row, decide && choose));
  const more = fewAtFirst(items, list);
  return titled(title, String(rows.length), "conflicts", list, ...more, ...(decide ? [element("div", { className: "choice" }, go)] : []));
}

function conflict(headers, [id, unit, place, ...values], choose) {
  const sides = SIDES.map((side, number) => {
    const value = values[number] || text("pane-blank");
    const words = [element("span", { className: "side" }, headers[FIRST_SIDE + number]), element("b", {}, value)];
    if (!choose) return element("div", { className: "value" }, ...words);
    const radio = element("input", { type: "radio", name: `conflict-${id}`, value: side, onchange: () => choose(id, side) });
    return element("label", { className: "value" }, radio, ...words);
  });
  const about = element("p", {}, unit, element("span", { className: "place" }, place));
  return element("li", {}, about, element("fieldset", { className: "sides", "aria-label": `${unit}, ${place}` }, ...sides));
}

/** Units that wait. With `pass` (unit, year, file) a person may let the file that waits pass, or choose one of several. */
export function held({ title, rows }, pass) {
  const list = element("ul", { className: "cards" });
  const more = fewAtFirst(rows.map((row) => waiting(row, pass)), list);
  return titled(title, String(rows.length), "held", list, ...more);
}

function waiting([unit, name, year, sentence, files], pass) {
  const buttons = files.split("; ").map((file, place, all) => {
    const words = all.length > 1 ? text("pane-use-file", { file }) : text("pane-let-pass");
    const traits = { type: "button", "aria-label": `${words}: ${name}`, onclick: () => pass(unit, year, file) };
    return element("button", traits, words);
  });
  const about = element("p", {}, `${name} (${year})`, element("span", { className: "place" }, `${unit} · ${files}`));
  return element("li", {}, about, element("p", {}, sentence), ...(pass ? [element("div", { className: "choice" }, ...buttons)] : []));
}

const NUMBER = /^-?(0|[1-9][\d.]*)(,\d+)?%?$/; // a code may begin with 0, a number does not
const YEAR = /^20\d\d$/;
const LONG_WORD = /\S{25}/;

function areNumbers(words) {
  return words.every((word) => !word || NUMBER.test(word)) && !words.every((word) => YEAR.test(word));
}

function cellClass(word, isNumber) {
  return [isNumber && "number", LONG_WORD.test(word) && "long"].filter(Boolean).join(" ");
}

/** A table of an answer. One of many columns becomes a list of cards where the pane is narrow (pane.css); the roles
 *  keep it a table for those who hear it. */
export function table({ title, headers, rows, kind }) {
  const numbers = headers.map((_, place) => areNumbers(rows.map((row) => row[place])));
  const heads = headers.map((word, place) => {
    return element("th", { scope: "col", role: "columnheader", className: cellClass(word, numbers[place]) }, word);
  });
  const body = element("tbody", { role: "rowgroup" });
  const lines = rows.map((row) => {
    const cells = row.map((word, place) => {
      const traits = { role: "cell", "data-header": headers[place], className: cellClass(word, numbers[place]) };
      return element("td", traits, word);
    });
    return element("tr", { role: "row" }, ...cells);
  });
  const more = fewAtFirst(lines, body);
  const traits = { role: "table", className: headers.length > WIDE ? `wide ${kind}` : "" };
  const head = element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads));
  const count = kind === "changes" ? "" : String(rows.length); // there may be more: its title says how many
  return titled(title, count, "table", element("table", traits, head, body), ...more);
}

/** What people should look at. What is said of many cells is said once, with the cells below it; a click selects the
 *  cell. `jump(place, told)` says in `told` when it cannot. */
export function findings(list, jump) {
  const told = element("p", { className: "wrong", role: "alert" });
  const said = grouped(list, sameWords);
  const shown = element("ul");
  const items = [...said.values()].map((alike) => finding(alike, jump, told));
  const more = fewAtFirst(items, shown);
  return titled(text("pane-findings"), String(list.length), "findings", shown, ...more);
}

const sameWords = ({ code, severity, sentence }) => JSON.stringify([code, severity, sentence]);
const samePage = ({ file, sheet }) => JSON.stringify([file, sheet]);

function grouped(list, key) {
  const groups = new Map();
  for (const one of list) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}

function finding(alike, jump, told) {
  const [{ code, severity, sentence }] = alike;
  const sign = element("span", { className: `sign ${severity}`, "aria-hidden": "true" }, SIGNS[severity]);
  const name = element("p", { className: "hint" }, `${code} · ${text(`pane-${severity}`)}`);
  const pages = [...grouped(alike, samePage).values()].map((places) => page(places, jump, told));
  return element("li", { className: "finding" }, sign, element("div", { className: "words" }, element("p", {}, sentence), name, ...pages));
}

function page(places, jump, told) {
  const [{ file, sheet }] = places;
  const cells = element("span", { className: "cells" });
  const links = places
    .filter((one) => one.sheet)
    .map((one) => {
      const words = one.cell || text("pane-sheet");
      const label = text("pane-go-to", { cell: words, sheet, file });
      const button = element("button", { type: "button", className: "cell", "aria-label": label }, words);
      button.onclick = () => {
        cells.after(told); // what cannot be reached is told where the person looks
        jump(one, told);
      };
      return button;
    });
  const more = fewAtFirst(links, cells);
  cells.append(...more);
  const where = [file, sheet].filter(Boolean).join(" · ");
  return element("div", { className: "page" }, element("p", { className: "place" }, where), cells);
}
