// Answers as elements of the page. Text only: nothing a workbook holds is ever read as HTML.
import { text } from "./settings.js";

export function element(name, traits = {}, ...children) {
  const made = document.createElement(name);
  for (const [trait, value] of Object.entries(traits)) {
    if (trait in made) made[trait] = value;
    else made.setAttribute(trait, value);
  }
  made.append(...children);
  return made;
}

const WIDE = 3;

/** A table of an answer. Few columns stand as a table; more become one card a row, for the pane is narrow. */
export function table({ title, headers, rows }) {
  const caption = element("h3", {}, title, " ", element("span", { className: "count" }, String(rows.length)));
  const body = headers.length <= WIDE ? grid(headers, rows) : cards(headers, rows);
  return element("section", { className: "table", "aria-label": title }, caption, body);
}

function grid(headers, rows) {
  const cells = (kind, words) => words.map((word) => element(kind, kind === "th" ? { scope: "col" } : {}, word));
  return element(
    "table",
    {},
    element("thead", {}, element("tr", {}, ...cells("th", headers))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...cells("td", row)))),
  );
}

function cards(headers, rows) {
  const card = (row) =>
    element(
      "li",
      {},
      element(
        "dl",
        {},
        ...headers.flatMap((header, place) =>
          row[place] ? [element("dt", {}, header), element("dd", {}, row[place])] : [],
        ),
      ),
    );
  return element("ul", { className: "cards" }, ...rows.map(card));
}

const SIGNS = { error: "✕", warning: "!", info: "i" };

/** What people should look at; a click selects the cell. `jump(place, told)` says in `told` when it cannot. */
export function findings(list, jump) {
  const told = element("p", { className: "wrong", role: "alert" });
  const items = list.map((one) => {
    const place = [one.file, one.sheet, one.cell].filter(Boolean).join(" · ");
    const inside = [
      element("span", { className: `sign ${one.severity}`, "aria-hidden": "true" }, SIGNS[one.severity]),
      element(
        "span",
        { className: "words" },
        element("span", { className: "sentence" }, one.sentence),
        element("span", { className: "place" }, `${one.code} · ${text(`pane-${one.severity}`)}${place ? ` · ${place}` : ""}`),
      ),
    ];
    const item = one.sheet
      ? element("button", { type: "button", className: "finding", onclick: () => jump(one, told) }, ...inside)
      : element("div", { className: "finding" }, ...inside);
    return element("li", {}, item);
  });
  const heading = element("h3", {}, text("pane-findings"), " ", element("span", { className: "count" }, String(list.length)));
  return element("section", { className: "findings" }, heading, told, element("ul", {}, ...items));
}
