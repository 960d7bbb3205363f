
"use strict";
const root = document.documentElement;
const all = JSON.parse(document.getElementById("data").textContent);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// Language and theme.
const lang = document.getElementById("lang");
function speak(name) {
  root.lang = root.dataset.lang = name;
  lang.textContent = name === "ko" ? "English" : "한국어";
  lang.lang = name === "ko" ? "en" : "ko";
  for (const element of document.querySelectorAll("[data-ko]")) {
    element.setAttribute(element.tagName === "IMG" ? "alt" : "aria-label", element.dataset[name]);
  }
}
speak(navigator.language.startsWith("ko") ? "ko" : "en");
lang.addEventListener("click", () => speak(root.dataset.lang === "ko" ? "en" : "ko"));
document.getElementById("theme").addEventListener("click", () => {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});

// Clips play while they are seen, unless less motion is asked for.
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting && !calm.matches) target.play().catch(() => {});
    else if (!isIntersecting) target.pause();
  }
}, { threshold: 0.3 });
for (const video of document.querySelectorAll("video")) seen.observe(video);

// The read-out: which cell of a still is pointed at.
for (const still of document.querySelectorAll(".still")) {
  const { size, cells } = all[still.dataset.id] || { size: [1, 1], cells: [] };
  const mark = still.querySelector(".mark");
  const out = document.getElementById(still.dataset.id + "-out");
  let at = -1;
  function show(index) {
    at = index;
    mark.hidden = index < 0;
    if (index < 0) { out.textContent = ""; return; }
    const { box: [x0, y0, x1, y1], query, key, value } = cells[index];
    mark.style.left = (100 * x0) / size[0] + "%";
    mark.style.top = (100 * y0) / size[1] + "%";
    mark.style.width = (100 * (x1 - x0)) / size[0] + "%";
    mark.style.height = (100 * (y1 - y0)) / size[1] + "%";
    out.textContent = `${query} → ${key}: ${value}`;
  }
  const middle = ({ box }) => [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  still.addEventListener("pointermove", (event) => {
    const frame = still.getBoundingClientRect();
    const x = ((event.clientX - frame.left) / frame.width) * size[0];
    const y = ((event.clientY - frame.top) / frame.height) * size[1];
    show(cells.findIndex(({ box }) => x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3]));
  });
  still.addEventListener("pointerleave", () => show(-1));
  still.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (event.key === "Escape") show(-1);
    if (!step || !cells.length) return;
    event.preventDefault();
    if (at < 0) { show(0); return; }
    const [x, y] = middle(cells[at]);
    let best = -1, nearest = Infinity;
    cells.forEach((cell, index) => {
      const [cx, cy] = middle(cell);
      const ahead = (cx - x) * step[0] + (cy - y) * step[1];
      const aside = Math.abs((cx - x) * step[1]) + Math.abs((cy - y) * step[0]);
      if (ahead > 1 && ahead + 3 * aside < nearest) { nearest = ahead + 3 * aside; best = index; }
    });
    if (best >= 0) show(best);
  });
}

// Copying a snippet.
for (const button of document.querySelectorAll(".copy")) {
  button.addEventListener("click", async () => {
    const text = document.getElementById(button.dataset.for);
    let done = true;
    try { await navigator.clipboard.writeText(text.textContent); }
    catch { // a page opened from a file may not write to the clipboard: select it, to be copied
      getSelection().selectAllChildren(text);
      done = document.execCommand("copy");
    }
    const ko = root.dataset.lang === "ko";
    document.getElementById("said").textContent = done ? (ko ? "복사했다" : "Copied") : (ko ? "선택했다" : "Selected");
    button.dataset.done = "1";
  });
}
