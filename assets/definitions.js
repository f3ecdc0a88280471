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
    // Above, so that the bubble does not cover the number that it explains.
    const aboveTop = top - offsetHeight - 4;
    const room = document.documentElement.clientWidth - bubble.offsetWidth - MARGIN_PX;
    bubble.style.left = `${Math.max(MARGIN_PX, Math.min(left, room)) + window.scrollX}px`;
    bubble.style.top = `${(aboveTop > MARGIN_PX ? aboveTop : bottom + 4) + window.scrollY}px`;
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
