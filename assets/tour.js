// The tour of the page: shows its steps one by one beside the parts that they explain; once, or on request.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const STORAGE_KEY = "tour";
  const MARGIN_PX = 10;
  // `wanted` is true on the way to the page of the tour, `skipped` once a run was opened.
  const state = { step: 0, before: null, wanted: false, skipped: false };
  const find = (id) => document.getElementById(id);
  const listSteps = () => [...find(ids.TOUR).querySelectorAll("section")];
  const findTarget = () => document.querySelector(listSteps()[state.step].dataset.target);

  // Without storage, the tour would come with every page: it then comes on request alone.
  function wasShown() {
    try {
      return window.localStorage.getItem(STORAGE_KEY) !== null;
    } catch {
      return true;
    }
  }

  function remember() {
    try {
      window.localStorage.setItem(STORAGE_KEY, "shown");
    } catch {
      // See above.
    }
  }

  // Below its part where there is room, else above it, else at the foot of the window.
  function place() {
    const tour = find(ids.TOUR);
    const { top, bottom, left } = findTarget().getBoundingClientRect();
    const { offsetHeight, offsetWidth } = tour;
    const lowest = window.innerHeight - offsetHeight - MARGIN_PX;
    const above = top - offsetHeight - MARGIN_PX;
    const y = bottom + MARGIN_PX <= lowest ? bottom + MARGIN_PX : above;
    const x = Math.min(left + MARGIN_PX, document.documentElement.clientWidth - offsetWidth - MARGIN_PX);
    tour.style.top = `${y >= MARGIN_PX && y <= lowest ? y : lowest}px`;
    tour.style.left = `${Math.max(x, MARGIN_PX)}px`;
  }

  function unmark() {
    for (const element of document.querySelectorAll(".tour-target")) element.classList.remove("tour-target");
  }

  function showButtons(count) {
    const tour = find(ids.TOUR);
    const isLast = state.step === count - 1;
    find(ids.TOUR_COUNT).textContent = `${state.step + 1} / ${count}`;
    find(ids.TOUR_BACK).hidden = state.step === 0;
    find(ids.TOUR_END).hidden = isLast;
    find(ids.TOUR_NEXT).textContent = isLast ? tour.dataset.end : tour.dataset.next;
  }

  function show(step) {
    const steps = listSteps();
    state.step = step;
    for (const [k, section] of steps.entries()) section.hidden = k !== step;
    find(ids.TOUR).setAttribute("aria-labelledby", steps[step].querySelector("h2").id);
    showButtons(steps.length);
    unmark();
    findTarget().classList.add("tour-target");
    findTarget().scrollIntoView({ block: "center" });
    place();
    find(ids.TOUR_NEXT).focus({ preventScroll: true });
  }

  function open() {
    state.before = document.querySelector(`#${ids.HELP} > summary`);
    remember();
    find(ids.TOUR).show();
    show(0);
  }

  function close() {
    unmark();
    find(ids.TOUR).close();
    if (state.before?.isConnected) state.before.focus({ preventScroll: true });
  }

  // Only on the page that it explains, and not over something that the user has begun to do.
  function offer({ isOpened }) {
    state.skipped ||= isOpened;
    const isIdle = document.activeElement === document.body && !document.querySelector("dialog[open]");
    const isDue = state.wanted || (isIdle && !state.skipped && !wasShown());
    if (!find(ids.TOUR) || !isDue) return;
    state.wanted = false;
    open();
  }

  function welcome({ form }, { isOpened }) {
    if (!form) return;
    if (isOpened) app.settings.askForDrafts(Object.keys(app.drafts.read()));
    offer({ isOpened });
  }

  // On the page of the tour the link has nowhere to lead to.
  function request(event) {
    document.querySelector(`#${ids.HELP}`).open = false;
    if (!find(ids.TOUR)) {
      state.wanted = true;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    open();
  }

  const goNext = () => (state.step + 1 < listSteps().length ? show(state.step + 1) : close());
  const ACTIONS = {
    [ids.TOUR_NEXT]: goNext,
    [ids.TOUR_BACK]: () => show(state.step - 1),
    [ids.TOUR_END]: close,
  };

  document.addEventListener("click", (event) => event.target.closest?.(".tour-link") && request(event), true);
  document.addEventListener("click", ({ target }) => ACTIONS[target.closest?.("button")?.id]?.());
  document.addEventListener("keydown", ({ key }) => key === "Escape" && find(ids.TOUR)?.open && close());
  for (const event of ["resize", "scroll"])
    window.addEventListener(event, () => find(ids.TOUR)?.open && place(), { passive: true });

  app.tour = { welcome };
})();
