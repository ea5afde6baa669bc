// Elements made of text alone: nothing that comes from a server or a person is ever read as HTML.

const SVG = "http://www.w3.org/2000/svg";

const filled = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes ?? {})) if (value !== null && value !== false) node.setAttribute(name, value);
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
};

export const el = (name, attributes, ...children) => filled(document.createElement(name), attributes, children);
export const svg = (name, attributes, ...children) => filled(document.createElementNS(SVG, name), attributes, children);
export const byId = (id) => document.getElementById(id);

export const number = (value) => (Math.abs(value) >= 10000 ? value.toFixed(0) : String(Number(value.toPrecision(4))));

export const warnings = (lines) => (lines.length ? el("ul", { class: "warnings" }, lines.map((line) => el("li", {}, line))) : "");

export const failure = (error) => el("p", { class: "warning failed", role: "alert" }, error.message);

export const working = (text) => el("p", { class: "working", role: "status" }, text);

export const table = (headings, rows) =>
  el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "table" },
    el("table", {}, el("thead", {}, el("tr", {}, headings.map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => (cell instanceof HTMLTableCellElement ? cell : el("td", {}, cell))))))));
