// The decisions of the user for one vehicle: the buttons send them as changes of the run, and show those that hold.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const state = { number: null };
  // "7:30", "07h30", "7 h", "0730".
  const CLOCK = /^(\d{1,2})\s*[:h.]?\s*(\d{2})?$/i;
  const findGroup = () => document.getElementById(ids.VEHICLE_DECIDE);

  // Through React, a reply could not leave what the user is typing. A time input has the hours of the browser's language,
  // which may be twelve.
  function findTime() {
    const frame = document.getElementById(ids.VEHICLE_LEAVE);
    if (frame.firstElementChild) return frame.firstElementChild;
    const input = Object.assign(document.createElement("input"), { type: "text", value: "07:00", autocomplete: "off" });
    input.className = "form-control form-control-sm";
    input.setAttribute("aria-label", frame.title);
    input.addEventListener("input", () => showIssue(input, ""));
    frame.append(input);
    return input;
  }

  function showIssue(input, text) {
    input.setCustomValidity(text);
    input.setAttribute("aria-invalid", String(Boolean(text)));
    input.reportValidity();
  }

  // Returns null, and says so at the field, if it holds no time.
  function readMinutes() {
    const input = findTime();
    const [, hours, minutes = "00"] = input.value.trim().match(CLOCK) ?? [];
    const isTime = hours < 24 && minutes < 60;
    showIssue(input, isTime ? "" : document.getElementById(ids.VEHICLE_LEAVE).dataset.issue);
    if (!isTime) return null;
    input.value = `${hours.padStart(2, "0")}:${minutes}`;
    return 60 * hours + Number(minutes);
  }

  function decide({ action, needs }) {
    const override = { vehicle: state.number, action };
    if (needs === "time") override.leave_min = readMinutes();
    if (override.leave_min !== null) app.live.submit({ set: { overrides: [override] } });
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
