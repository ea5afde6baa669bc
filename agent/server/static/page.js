// Tabs, the key, and a start for each of the four.

import { key } from "./api.js";
import { startAsking } from "./ask.js";
import { startData } from "./data.js";
import { byId } from "./dom.js";
import { startMap } from "./map.js";
import { startNote } from "./note.js";

const tabs = [...document.querySelectorAll("[role=tab]")];

function choose(tab) {
  for (const each of tabs) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", String(chosen));
    each.tabIndex = chosen ? 0 : -1;
    byId(each.getAttribute("aria-controls")).hidden = !chosen;
  }
}

tabs.forEach((tab, place) => {
  tab.addEventListener("click", () => {
    choose(tab);
    history.replaceState(null, "", `#${tab.getAttribute("aria-controls")}`);
  });
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(place + step + tabs.length) % tabs.length];
    choose(next);
    next.focus();
  });
});

const wanted = tabs.find((tab) => `#${tab.getAttribute("aria-controls")}` === location.hash);
if (wanted) choose(wanted);

byId("key").addEventListener("submit", (event) => {
  event.preventDefault();
  key.set(new FormData(event.target).get("key").trim());
  event.target.hidden = true;
  startMap();
});

startAsking();
startMap();
startNote();
startData();
