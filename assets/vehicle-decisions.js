// The decisions of the user for one vehicle: the buttons send them as changes of the run, and show those that hold.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const state = { number: null };
  const findGroup = () => document.getElementById(ids.VEHICLE_DECIDE);

  // Through React, a reply could not leave what the user is typing.
  function findTime() {
    const frame = document.getElementById(ids.VEHICLE_LEAVE);
    if (frame.firstElementChild) return frame.firstElementChild;
    const input = Object.assign(document.createElement("input"), { type: "time", value: "07:00", required: true });
    input.className = "form-control form-control-sm";
    input.setAttribute("aria-label", frame.title);
    frame.append(input);
    return input;
  }

  function readMinutes() {
    const [hours, minutes] = findTime().value.split(":").map(Number);
    return hours * 60 + minutes;
  }

  function decide({ action, needs }) {
    const minutes = readMinutes();
    if (needs === "time" && Number.isNaN(minutes)) return findTime().reportValidity();
    const override = { vehicle: state.number, action, ...(needs === "time" && { leave_min: minutes }) };
    app.live.submit({ set: { overrides: [override] } });
  }

  function show({ number, decided, present }) {
    if (number === undefined) return;
    state.number = number;
    findTime().disabled = !present;
    for (const button of findGroup().querySelectorAll("button")) {
      const { action, needs } = button.dataset;
      if (button.hasAttribute("aria-pressed")) button.setAttribute("aria-pressed", String(decided.includes(action)));
      button.disabled = { stay: !present, time: !present, decision: !decided.length }[needs] ?? false;
    }
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.(`#${ids.VEHICLE_DECIDE} button`);
    if (button && state.number !== null) decide(button.dataset);
  });

  app.decisions = { show };
})();
