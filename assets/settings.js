// The form against its defaults: marks the fields that differ, counts them by group, and takes them back.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids } = app;
  const MARK = "to-default";
  const readTexts = () => app.live.page.texts;
  const findBox = (name) => app.form.findField(name)?.closest(".field");

  // A parameter of another strategy than the chosen one is neither seen nor counted.
  const isShown = (name, strategy) => !name.includes(".") || name.startsWith(`${strategy}.`);

  function listChanged(values) {
    const differs = ([name, value]) => name in values && values[name] !== value;
    return Object.entries(readTexts().defaults || {})
      .filter(differs)
      .map(([name]) => name);
  }

  function describe(field, value) {
    const { csv, empty } = readTexts();
    if (typeof value === "boolean") return value ? csv.yes : csv.no;
    if (field.tagName === "SELECT") return [...field.options].find((option) => option.value === value)?.text ?? value;
    return value === "" ? empty : value;
  }

  function makeMark(name) {
    const { default: template, to_default: title, defaults } = readTexts();
    const field = app.form.findField(name);
    const mark = Object.assign(document.createElement("button"), { type: "button", className: MARK, title });
    const text = Object.assign(document.createElement("span"), { className: "default-text" });
    text.textContent = template.replace("{value}", describe(field, defaults[name]));
    const label = Object.assign(document.createElement("span"), { className: "visually-hidden" });
    label.textContent = ` (${field.labels?.[0]?.querySelector("span")?.textContent ?? field.labels?.[0]?.textContent})`;
    mark.dataset.field = name;
    mark.append(text, label);
    return mark;
  }

  // The focus goes to the field when its mark, which has it, goes away.
  function removeMark(box, name) {
    const mark = box.querySelector(`.${MARK}`);
    if (mark === document.activeElement) app.form.findField(name).focus();
    mark?.remove();
  }

  function showMark(name, isChanged) {
    const box = findBox(name);
    if (!box || box.hasAttribute("data-changed") === isChanged) return;
    box.toggleAttribute("data-changed", isChanged);
    if (isChanged) box.append(makeMark(name));
    else removeMark(box, name);
  }

  function writeCount(elements, count) {
    const text = count ? readTexts().changed.replace("{count}", count) : "";
    for (const element of elements) element.textContent = text;
  }

  // The button at the top has room for the number alone.
  function showTotal(count) {
    writeCount(document.querySelectorAll(".fold > summary > .settings-changed"), count);
    const button = document.getElementById(ids.SETTINGS_OPEN);
    if (!button) return;
    button.querySelector(".settings-changed").textContent = count || "";
    button.title = count ? readTexts().changed.replace("{count}", count) : "";
  }

  function showCounts(names) {
    const groups = names.map((name) => findBox(name)?.closest(".form-group"));
    for (const group of document.querySelectorAll(".form-group")) {
      const files = group.querySelectorAll('.file-row[data-state="on"]').length;
      writeCount(group.querySelectorAll(".group-count"), groups.filter((other) => other === group).length + files);
    }
    const files = document.querySelectorAll('.form-group .file-row[data-state="on"]').length;
    showTotal(names.length + files);
    const reset = document.getElementById(ids.SETTINGS_RESET);
    if (reset) reset.disabled = !names.length;
  }

  function show(values, strategy) {
    const changed = listChanged(values);
    for (const name of Object.keys(readTexts().defaults || {})) showMark(name, changed.includes(name));
    showCounts(changed.filter((name) => isShown(name, strategy)));
  }

  function reset(names) {
    for (const name of names) app.form.setField(name, readTexts().defaults[name]);
  }

  document.addEventListener("click", ({ target }) => {
    const mark = target.closest?.(`.${MARK}`);
    if (mark) reset([mark.dataset.field]);
    if (target.closest?.(`#${ids.SETTINGS_RESET}`)) reset(listChanged(app.controls.values()));
  });

  // A run that is opened does not take what was typed before it: its settings are those of the run, until the user says.
  function askForDrafts(names) {
    if (!names.length) return;
    const labels = names.map(
      (name) => app.form.findField(name)?.labels?.[0]?.querySelector("span")?.textContent ?? name,
    );
    app.dom.setText(ids.DRAFT_NAMES, labels.join("\n"));
    document.getElementById(ids.DRAFT_DIALOG).showModal();
  }

  document.addEventListener("click", ({ target }) => {
    if (target.closest?.(`#${ids.DRAFT_DROP}`)) app.controls.discardDrafts();
  });

  app.settings = { show, askForDrafts };
})();
