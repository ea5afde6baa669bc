// The process map: settings from a form, probabilities from `recommend_settings`, drawn as SVG.

import { onSubmit, send, settings } from "./api.js";
import { byId, el, number, warnings } from "./dom.js";
import { drawing, legend } from "./map_drawing.js";

const FIRST = { current_a: "188", voltage_v: "21.4", travel_speed_mm_s: "8" };
let started = false;

export async function startMap() {
  if (started) return;
  const form = byId("settings");
  try {
    const { fields, processes } = await settings();
    started = true;
    build(form, fields, processes);
  } catch {
    return; // a key is asked for first
  }
  onSubmit(form, byId("map-result"), "asking the models", draw);
}

function build(form, fields, processes) {
  const input = ({ name, title, display_unit: unit }) =>
    el("label", {}, `${title[0].toUpperCase()}${title.slice(1)} (${unit})`,
      el("input", { name, required: name in FIRST ? "" : null, maxlength: "40", value: FIRST[name] ?? null, inputmode: "text" }));
  const select = (name, words, options, chosen) =>
    el("label", {}, words, el("select", { name }, options.map(([value, shown]) => el("option", { value, selected: value === chosen ? "" : null }, shown))));
  const settings = fields.filter(({ name }) => name !== "bead_length_mm").map(({ name, title }) => [name, title]);
  const rest = fields.filter(({ name }) => !(name in FIRST) && name !== "bead_length_mm");
  form.replaceChildren(
    ...fields.filter(({ name }) => name in FIRST).map(input),
    select("process", "Process", [["", "not stated"], ...processes.map((each) => [each, each])], ""),
    select("across", "Across", settings, "travel_speed_mm_s"),
    select("up", "Up", settings, "voltage_v"),
    el("label", {}, "Wanted probability", el("input", { name: "sound_probability", value: "0.8", maxlength: "10", inputmode: "decimal" })),
    el("details", {}, el("summary", {}, "More settings"),
      el("div", { class: "grid" }, rest.map(input), el("label", {}, "Material", el("input", { name: "material", maxlength: "60", placeholder: "316L" })))),
    el("button", {}, "Draw the map"));
}

async function draw(form) {
  const { across, up, ...stated } = Object.fromEntries([...form].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
  if (across === up) throw new Error("Choose two different settings for the map.");
  const axes = [across, up];
  const unstated = axes.filter((name) => !(name in stated));
  if (unstated.length) throw new Error(`State a value of ${unstated.join(" and ").replace(/_[a-z_]+$/, "").replaceAll("_", " ")} first; it is where the map starts.`);
  const result = await (await send("/v1/tools/recommend_settings", { ...stated, allow: axes, map_settings: axes })).json();
  const map = result.details.process_map;
  const said = [el("p", {}, result.summary), warnings(result.warnings)];
  if (!map) return said;
  const read = el("figcaption", { "aria-live": "off" }, "Point at the map to read it.");
  const show = (x, y, chance) => {
    read.textContent = `${map.across.title} ${number(x)} ${map.across.unit}, ${map.up.title} ${number(y)} ${map.up.unit}: a sound bead with probability ${chance.toFixed(2)}`;
  };
  const [title, ...others] = map.title.split("\n");
  return [el("h2", {}, title), ...others.map((line) => el("p", { class: "quiet" }, line)),
    el("figure", {}, drawing(map, result.summary, show), legend(map), read), ...said];
}
