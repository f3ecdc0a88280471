// The commands that a page gives to its run: which of them open a run, and how those that wait become one.
(() => {
  "use strict";

  // Commands that were given while a request was in flight go together into the next one.
  function mergeCommands(first, then) {
    const both = { ...first, ...then };
    if (!first || !then) return both;
    both.steps = (first.steps || 0) + (then.steps || 0);
    both.scenario = { ...first.scenario, ...then.scenario };
    both.upload = { ...first.upload, ...then.upload };
    both.set = { ...first.set, ...then.set };
    if (first.set?.params || then.set?.params) both.set.params = { ...first.set?.params, ...then.set?.params };
    const overrides = [...(first.set?.overrides ?? []), ...(then.set?.overrides ?? [])];
    if (overrides.length) both.set.overrides = overrides;
    both.link = then.link || first.link;
    both.file = then.file || first.file;
    both.config = then.config || first.config;
    for (const flag of ["share", "save", "restart", "full", "fill"]) both[flag] = Boolean(first[flag] || then[flag]);
    return both;
  }

  const opensRun = ({ link, file, config }) => Boolean(link || file || config);

  // Steps that are refused would be refused again: the run pauses. A refused change leaves it as it is, and running.
  const isUsers = ({ steps: _steps, ...command }) => Object.values(command).some(Boolean);

  window.dash_clientside.commands = { mergeCommands, opensRun, isUsers };
})();
