// What the server wrote into the page: words, actions, the version that both sides must share.
export const settings = JSON.parse(document.getElementById("ctd").textContent);

/** A sentence of the catalogue, its {names} filled in. An unknown code is a mistake in this program. */
export function text(code, names = {}) {
  const sentence = settings.texts[code];
  if (sentence === undefined) throw new Error(`no text ${code}`);
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in names ? String(names[name]) : whole));
}
