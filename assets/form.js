// Shows a reply in the form: the values in force, each issue below its field, the parameters of the chosen strategy.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, dom } = app;
  const keep = () => app.no_update;
  const makeAlert = (content) => dom.make("div", "alert alert-danger", [content]);
  // Dash compares an id with its keys in this order.
  const makeFieldId = (name) => ({ name, type: "field" });
  const makeNoteId = (name) => `field-issue-${name}`;
  const findField = (name) => document.getElementById(JSON.stringify(makeFieldId(name)));
  const findNote = (name) => document.getElementById(makeNoteId(name));

  // A screen reader reads a note with its field; the components of the form take no such attributes. A note in words
  // is an issue, one that is an element a hint.
  function describeField(name, note) {
    const field = findField(name);
    if (!field) return;
    if (note) field.setAttribute("aria-describedby", makeNoteId(name));
    else field.removeAttribute("aria-describedby");
    field.setAttribute("aria-invalid", String(Boolean(note) && typeof note === "string"));
  }

  function setNote(name, note) {
    dom.setContent(makeNoteId(name), note ? [note] : []);
    describeField(name, note);
  }

  // The fields whose note tells of an issue or a hint. A tick leaves it: the field still differs, or was read so.
  const noted = new Set();

  function showNotice(text) {
    dom.setContent(ids.NOTICE, [makeAlert(text)]);
  }

  function listIssues(issues) {
    const items = issues.map((issue) => dom.make("li", "", [issue.line]));
    return makeAlert(dom.make("ul", "mb-0", items));
  }

  // The run goes on with its value: the note says which, as the field shows another one.
  function joinIssues(issues, name, inForce) {
    const texts = issues.filter((issue) => issue.field === name).map((issue) => issue.text);
    const isTyped = findField(name)?.type === "text";
    if (!isTyped || !inForce) return texts.join("\n");
    return `${texts.join("; ")}. ${app.live.page.texts.in_force.replace("{value}", inForce)}`;
  }

  // An issue in a closed group, or in one that a search hides, would not be seen.
  function unfoldForIssue(name) {
    const note = findNote(name);
    if (note.closest("[data-unmatched]")) app.settingsSearch.clear();
    for (let fold = note.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }

  function showIssues(issues, valuesInForce) {
    const names = [...new Set(issues.map(({ field }) => field))].filter(findNote);
    const others = issues.filter(({ field }) => !names.includes(field));
    for (const name of names) {
      unfoldForIssue(name);
      setNote(name, joinIssues(issues, name, valuesInForce[name]));
      noted.add(name);
    }
    dom.setContent(ids.NOTICE, others.length ? [listIssues(others)] : []);
  }

  function showHints(hints) {
    for (const { field, text } of hints || []) {
      setNote(field, dom.make("span", "field-hint", [text]));
      noted.add(field);
    }
  }

  function clearIssues(names) {
    dom.setContent(ids.NOTICE);
    for (const name of names.filter((field) => noted.delete(field))) setNote(name, "");
  }

  // Values that are typed and not applied yet stay in their fields.
  function showReply(reply, fields, groups) {
    if (!reply) return [fields.map(keep), groups.map(keep)];
    const { form, force } = reply;
    const drafts = app.controls.drafts();
    const values = fields.map(({ name }) => (form && name in form ? (drafts[name] ?? form[name]) : keep()));
    const hidden = groups.map(({ strategy }) => (force ? strategy !== force.strategy : keep()));
    return [values, hidden];
  }

  function setField(name, value) {
    if (findField(name)) app.set_props(makeFieldId(name), { value });
  }

  function showDrafts(names, count) {
    for (const element of document.querySelectorAll(".field[data-draft]")) delete element.dataset.draft;
    for (const name of names) {
      const field = findField(name)?.closest(".field");
      if (field) field.dataset.draft = "";
    }
    if (!document.getElementById(ids.DISCARD)) return;
    dom.setText(ids.DRAFTS, names.length ? count.replace("{count}", names.length) : "");
    app.set_props(ids.DISCARD, { disabled: !names.length });
  }

  app.form = { findField, showReply, showNotice, showIssues, showHints, clearIssues, setField, showDrafts, noted };
})();
