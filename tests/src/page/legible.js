// What cannot be read, reached or pressed on the page as it is now: a list of sentences.

const faults = [];
const name = (element) => element.dataset.test || element.id || String(element.className) || element.tagName;
const told = (element) => `${name(element)} (${element.textContent.trim().slice(0, 40)})`;

// A number in groups, and whether it stands in more than one line.
const GROUPS = /\+?\d{1,4}(?: \d{3,4}){1,3}/g;
const breaks = (node) =>
  [...node.textContent.matchAll(GROUPS)].filter(({ 0: number, index }) => {
    const range = document.createRange();
    range.setStart(node, index);
    range.setEnd(node, index + number.length);
    return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
  });

for (const element of document.querySelectorAll("body *")) {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
  if (element.closest(".unseen, svg, template")) continue;
  const box = element.getBoundingClientRect();
  if (!box.width || !box.height) continue;
  if (box.right > innerWidth + 0.5 || box.left < -0.5) faults.push(`${told(element)} is beside the window`);

  const style = getComputedStyle(element);
  const hasText = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
  const isButton = element.tagName === "BUTTON";
  const broken = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).flatMap(breaks);
  for (const [number] of broken) faults.push(`${told(element)} breaks ${number}`);
  if (!(hasText || isButton)) continue;
  const inline = style.display === "inline";
  if (style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1) faults.push(`${told(element)} is cut at its end`);
  if (!inline && element.scrollHeight > element.clientHeight + 2) faults.push(`${told(element)} is cut below`);
  if (!isButton) continue;
  const range = document.createRange();
  range.selectNodeContents(element);
  const words = range.getBoundingClientRect();
  const inside = words.right <= box.right + 1 && words.left >= box.left - 1 && words.bottom <= box.bottom + 1 && words.top >= box.top - 1;
  if (!inside) faults.push(`${told(element)} is larger than its button`);
}
return faults;
