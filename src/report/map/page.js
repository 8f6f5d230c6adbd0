"use strict";
const search = document.getElementById("search");
const often = document.getElementById("often");
const server = document.getElementById("server");
const told = document.getElementById("told");
const clients = [...document.querySelectorAll("details.client")];

function fits(client, words) {
  const text = client.dataset.text;
  if (!words.every((word) => text.includes(word))) return false;
  if (often.value === "wrong" && !client.dataset.rule) return false;
  if (often.value !== "" && often.value !== "wrong" && client.dataset.often !== often.value) return false;
  return server.value === "" || client.dataset.server === server.value;
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const client of clients) {
    client.hidden = !fits(client, words);
    if (!client.hidden) shown += 1;
  }
  for (const group of document.querySelectorAll("section.group")) {
    group.hidden = !group.querySelector("details.client:not([hidden])");
  }
  document.getElementById("none").hidden = shown > 0;
  told.textContent = shown === clients.length ? `all ${shown} shown` : `${shown} of ${clients.length} shown`;
}

for (const control of [search, often, server]) control.addEventListener("input", filter);
function reveal(hash) {
  const target = /^#c\d+$/.test(hash) && document.getElementById(hash.slice(1));
  if (!target) return;
  search.value = often.value = server.value = "";
  filter();
  target.open = true;
  target.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#c']");
  if (link) reveal(link.hash);
});
document.querySelector(".tools").hidden = false;
filter();
reveal(location.hash);
