// The picture of a process map. Colours are those of cividis, which are told apart with any colour vision.

import { el, number, svg } from "./dom.js";

const CIVIDIS = [[0, 34, 78], [53, 69, 108], [102, 105, 112], [148, 142, 119], [198, 180, 101], [254, 232, 56]];
const WIDE = 720, HIGH = 460, LEFT = 78, RIGHT = 16, TOP = 12, BOTTOM = 66;

function colour(chance) {
  const at = Math.min(Math.max(chance, 0), 1) * (CIVIDIS.length - 1);
  const low = Math.min(Math.floor(at), CIVIDIS.length - 2);
  const mixed = CIVIDIS[low].map((value, i) => Math.round(value + (CIVIDIS[low + 1][i] - value) * (at - low)));
  return `rgb(${mixed})`;
}

// Where cells begin and end: half way between the values, and at the first and the last one.
const edges = (values) => [values[0], ...values.slice(1).map((value, i) => (value + values[i]) / 2), values.at(-1)];

const scale = (values, from, to) => (value) => from + ((value - values[0]) / (values.at(-1) - values[0] || 1)) * (to - from);

function ticks(values) {
  const span = values.at(-1) - values[0] || 1;
  const rough = span / 8;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * ten).find((each) => each >= rough);
  const first = Math.ceil(values[0] / step - 1e-9);
  return Array.from({ length: Math.floor(values.at(-1) / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(10)));
}

// Lines where the probability is `level`: marching squares, a segment or two in each square of four values.
function contour(rows, x, y, level) {
  const parts = [];
  for (let j = 0; j + 1 < rows.length; j++) {
    for (let i = 0; i + 1 < rows[j].length; i++) {
      const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]];
      const cuts = [];
      corners.forEach(([a, b], k) => {
        const [c, d] = corners[(k + 1) % 4];
        const one = rows[b][a] - level, other = rows[d][c] - level;
        if (one < 0 === other < 0) return;
        const t = one / (one - other);
        cuts.push(`${(x[a] + (x[c] - x[a]) * t).toFixed(1)} ${(y[b] + (y[d] - y[b]) * t).toFixed(1)}`);
      });
      for (let k = 0; k + 1 < cuts.length; k += 2) parts.push(`M${cuts[k]}L${cuts[k + 1]}`);
    }
  }
  return parts.join("");
}

const STAR = Array.from({ length: 10 }, (_, i) => {
  const radius = i % 2 ? 4.5 : 11, turn = (i * Math.PI) / 5 - Math.PI / 2;
  return `${(radius * Math.cos(turn)).toFixed(2)},${(radius * Math.sin(turn)).toFixed(2)}`;
}).join(" ");
const CROSS = "-8,-4 -4,-8 0,-4 4,-8 8,-4 4,0 8,4 4,8 0,4 -4,8 -8,4 -4,0";

const shape = (kind, at) => (kind === "present"
  ? svg("circle", { class: "present", r: 7, transform: at })
  : svg("polygon", { class: "goal", points: kind === "proposed" ? STAR : CROSS, transform: at }));

export function drawing(map, words, show) {
  const { across, up, probability: rows, wanted, marks } = map;
  const toX = scale(across.values, LEFT, WIDE - RIGHT), toY = scale(up.values, HIGH - BOTTOM, TOP);
  const ex = edges(across.values).map(toX), ey = edges(up.values).map(toY);
  const cells = rows.flatMap((row, j) => row.map((chance, i) => svg("rect", {
    x: ex[i].toFixed(1), y: ey[j + 1].toFixed(1), width: (ex[i + 1] - ex[i] + 0.4).toFixed(1), height: (ey[j] - ey[j + 1] + 0.4).toFixed(1), fill: colour(chance),
  })));
  const line = wanted ? contour(rows, across.values.map(toX), up.values.map(toY), wanted) : "";
  const inside = ({ across: x, up: y }) => [[x, across.values], [y, up.values]].every(([v, all]) => v >= all[0] && v <= all.at(-1));
  const picture = svg("svg", { class: "map", viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": `Process map. ${words}` },
    svg("g", { "shape-rendering": "crispEdges" }, cells),
    svg("path", { class: "halo", d: line }), svg("path", { class: "wanted", d: line }),
    svg("rect", { class: "frame", x: LEFT, y: TOP, width: WIDE - RIGHT - LEFT, height: HIGH - BOTTOM - TOP }),
    ticks(across.values).map((value) => svg("g", { transform: `translate(${toX(value)} ${HIGH - BOTTOM})` },
      svg("path", { class: "tick", d: "M0 0v6" }), svg("text", { y: 24, "text-anchor": "middle" }, number(value)))),
    ticks(up.values).map((value) => svg("g", { transform: `translate(${LEFT} ${toY(value)})` },
      svg("path", { class: "tick", d: "M0 0h-6" }), svg("text", { x: -10, dy: "0.35em", "text-anchor": "end" }, number(value)))),
    svg("text", { x: (LEFT + WIDE - RIGHT) / 2, y: HIGH - 12, "text-anchor": "middle" }, `${across.title}, ${across.unit}`),
    svg("text", { transform: `translate(20 ${(TOP + HIGH - BOTTOM) / 2}) rotate(-90)`, "text-anchor": "middle" }, `${up.title}, ${up.unit}`),
    marks.filter(inside).map((mark) => shape(mark.kind, `translate(${toX(mark.across)} ${toY(mark.up)})`)));
  const point = (event) => {
    const box = picture.getBoundingClientRect();
    const i = cellAt(ex, ((event.clientX - box.left) / box.width) * WIDE, 1), j = cellAt(ey, ((event.clientY - box.top) / box.height) * HIGH, -1);
    if (i >= 0 && j >= 0) show(across.values[i], up.values[j], rows[j][i]);
  };
  picture.addEventListener("pointermove", point);
  picture.addEventListener("pointerdown", point);
  return picture;
}

const cellAt = (bounds, at, sign) => bounds.slice(1).findIndex((end, i) => (at - bounds[i]) * sign >= 0 && (end - at) * sign >= 0);

export function legend(map) {
  const steps = 24;
  const bar = svg("svg", { class: "scale", viewBox: `0 0 ${steps} 2`, preserveAspectRatio: "none", "aria-hidden": "true" },
    Array.from({ length: steps }, (_, i) => svg("rect", { x: i, width: 1.05, height: 2, fill: colour(i / (steps - 1)) })));
  const own = (kind) => svg("svg", { viewBox: "-12 -12 24 24", "aria-hidden": "true" }, shape(kind, "translate(0 0)"));
  const line = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { class: "halo", d: "M2 12h20" }), svg("path", { class: "wanted", d: "M2 12h20" }));
  return el("p", { class: "legend" },
    el("span", {}, "probability of a sound bead 0", bar, "1"),
    map.wanted ? el("span", {}, line, `${map.wanted}, as wanted`) : "",
    map.marks.map((mark) => el("span", {}, own(mark.kind), `${mark.label}: ${number(mark.across)} ${map.across.unit}, ${number(mark.up)} ${map.up.unit}`)));
}
