// The "?" of a figure: a click shows its definition in a bubble; Escape, a click elsewhere or a resize close it.
(() => {
  "use strict";
  const { ids } = window.dash_clientside;
  const MARGIN_PX = 8;
  let open = null;

  function close() {
    if (!open) return;
    open.setAttribute("aria-expanded", "false");
    const bubble = document.getElementById(ids.DEFINITION);
    if (bubble) Object.assign(bubble, { hidden: true, textContent: "" });
    open = null;
  }

  function show(button) {
    const bubble = document.getElementById(ids.DEFINITION);
    Object.assign(bubble, { hidden: false, textContent: button.dataset.definition });
    const { left, top, bottom } = button.getBoundingClientRect();
    const { offsetHeight } = bubble;
    const fits = bottom + offsetHeight + MARGIN_PX < window.innerHeight;
    const room = document.documentElement.clientWidth - bubble.offsetWidth - MARGIN_PX;
    bubble.style.left = `${Math.max(MARGIN_PX, Math.min(left, room)) + window.scrollX}px`;
    bubble.style.top = `${(fits ? bottom + 4 : top - offsetHeight - 4) + window.scrollY}px`;
    button.setAttribute("aria-expanded", "true");
    open = button;
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("button.define");
    const wasOpen = button === open;
    if (!target.closest?.(`#${ids.DEFINITION}`)) close();
    if (button && !wasOpen) show(button);
  });
  document.addEventListener("keydown", ({ key }) => key === "Escape" && close());
  window.addEventListener("resize", close);
})();
