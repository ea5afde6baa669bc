"use strict";
const rows = [...document.querySelectorAll("tbody.lines tr")];
const search = document.querySelector("#search");
const shown = document.querySelector("#shown");
const boxes = [...document.querySelectorAll("input[name=status]")];
const texts = rows.map((row) => row.textContent.toLowerCase());
function filter() {
  const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  rows.forEach((row, place) => {
    row.hidden = !(wanted.has(row.dataset.status) && words.every((word) => texts[place].includes(word)));
    count += !row.hidden;
  });
  shown.textContent = `${count} of ${rows.length} lines`;
}
document.querySelector("#filters").hidden = false;
search.addEventListener("input", filter);
boxes.forEach((box) => box.addEventListener("change", filter));
filter();
