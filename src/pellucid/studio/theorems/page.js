// A step lights up its layer of the figure, and more faintly the layers of what it follows from.
const items = [...document.querySelectorAll("[data-step]")];
const figure = document.querySelector(".theorem figure");
let pinned = null;
const since = item => (item.dataset.since || "").split(" ").filter(Boolean);
function light(item) {
  for (const old of document.querySelectorAll(".on, .since")) old.classList.remove("on", "since");
  figure.classList.toggle("lit", item !== null);
  if (item === null) return;
  for (const step of since(item)) for (const id of ["light-", "step-"])
    document.getElementById(id + step)?.classList.add("since");
  document.getElementById("light-" + item.dataset.step)?.classList.add("on");
  item.classList.add("on");
}
function pin(item) {
  pinned?.classList.remove("pinned");
  pinned?.removeAttribute("aria-current");
  pinned = pinned === item ? null : item;
  pinned?.classList.add("pinned");
  pinned?.setAttribute("aria-current", "step");
  light(pinned ?? item);
}
items.forEach((item, k) => {
  item.addEventListener("mouseenter", () => { if (pinned === null) light(item); });
  item.addEventListener("mouseleave", () => { if (pinned === null) light(null); });
  item.addEventListener("focus", () => { if (pinned === null) light(item); });
  item.addEventListener("blur", () => { if (pinned === null) light(null); });
  item.addEventListener("click", event => { if (!event.target.closest("a")) pin(item); });
  item.addEventListener("keydown", event => {
    const to = { ArrowDown: k + 1, ArrowUp: k - 1, Home: 0, End: items.length - 1 }[event.key];
    if (event.target !== item) return;
    if (event.key === "Enter" || event.key === " ") pin(item);
    else if (to !== undefined && items[to]) {
      if (pinned !== null) pin(items[to]);
      items[to].focus();
    } else return;
    event.preventDefault();
  });
});
document.addEventListener("keydown", event => {
  if (event.key === "Escape" && pinned !== null) pin(pinned), light(null);
});
