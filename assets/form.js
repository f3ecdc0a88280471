// Shows a reply in the form: the values in force, each issue below its field, the parameters of the chosen strategy.
(() => {
  "use strict";
  const { ids } = window.dash_clientside;
  const keep = () => window.dash_clientside.no_update;
  const makeElement = (type, props) => ({ namespace: "dash_html_components", type, props });

  function showNotice(text) {
    const notice = makeElement("Div", { children: text, className: "alert alert-danger" });
    window.dash_clientside.set_props(ids.NOTICE, { children: notice });
  }

  function listIssues(issues) {
    const items = issues.map((issue) => makeElement("Li", { children: issue.line }));
    const list = makeElement("Ul", { children: items, className: "mb-0" });
    return makeElement("Div", { children: list, className: "alert alert-danger" });
  }

  function joinIssues(issues, name) {
    const texts = issues.filter((issue) => issue.field === name).map((issue) => issue.text);
    return texts.join("\n");
  }

  // Dash writes the id of an element as its JSON, with the keys in order.
  const findElement = (id) => document.getElementById(JSON.stringify(id, Object.keys(id).sort()));

  // A screen reader then reads the issue with its field; the form's fields take no such attributes of Dash.
  function describeField(field, issueField, text) {
    const element = findElement(field);
    if (!element) return;
    if (text) element.setAttribute("aria-describedby", findElement(issueField)?.id ?? "");
    else element.removeAttribute("aria-describedby");
    element.setAttribute("aria-invalid", String(Boolean(text)));
  }

  function describeFields(fields, issueFields, texts) {
    issueFields.forEach((issueField, k) => {
      const field = fields.find(({ name }) => name === issueField.name);
      if (field) describeField(field, issueField, texts[k]);
    });
  }

  // An issue in a closed section would not be seen. The fleet size has its field in the bar, outside of it.
  function unfoldForIssues(issues, known) {
    const fold = document.getElementById(ids.ADVANCED);
    if (fold && issues.some(({ field }) => known.has(field) && field !== "fleet_size")) fold.open = true;
  }

  function showReply(reply, fields, issueFields, groups) {
    if (!reply) return [fields.map(keep), issueFields.map(keep), groups.map(keep), keep()];
    const { form, force, issues } = reply;
    const values = fields.map(({ name }) => (form && name in form ? form[name] : keep()));
    const texts = issueFields.map(({ name }) => joinIssues(issues, name));
    const hidden = groups.map(({ strategy }) => (force ? strategy !== force.strategy : keep()));
    const known = new Set(issueFields.map(({ name }) => name));
    const others = issues.filter((issue) => !known.has(issue.field));
    unfoldForIssues(issues, known);
    describeFields(fields, issueFields, texts);
    return [values, texts, hidden, others.length ? listIssues(others) : null];
  }

  window.dash_clientside.form = { showReply, showNotice };
})();
