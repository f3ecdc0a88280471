// Shows what an answer says about the form: the values in force, each issue beside its field, the parameters of the strategy.
(function () {
  "use strict";
  const keep = () => window.dash_clientside.no_update;

  function lines(issues) {
    const item = (issue) => ({ namespace: "dash_html_components", type: "Li", props: { children: issue.line } });
    const list = { namespace: "dash_html_components", type: "Ul", props: { children: issues.map(item), className: "mb-0" } };
    return { namespace: "dash_html_components", type: "Div", props: { children: list, className: "alert alert-danger" } };
  }

  function show(answer, fields, issues, groups) {
    if (!answer) return [fields.map(keep), issues.map(keep), groups.map(keep), keep()];
    const values = fields.map((id) => (answer.form && id.name in answer.form ? answer.form[id.name] : keep()));
    const texts = issues.map((id) => answer.issues.filter((issue) => issue.field === id.name).map((issue) => issue.text).join("\n"));
    const hidden = groups.map((id) => (answer.force ? id.strategy !== answer.force.strategy : keep()));
    const known = new Set(issues.map((id) => id.name));
    const others = answer.issues.filter((issue) => !known.has(issue.field));
    const fold = document.getElementById("advanced");
    if (fold && answer.issues.some((issue) => known.has(issue.field) && issue.field !== "fleet_size")) fold.open = true;
    return [values, texts, hidden, others.length ? lines(others) : null];
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.form = { show };
})();
