// The commands that a page gives to its run: which of them open a run, and how those that wait become one.
(() => {
  "use strict";

  function mergeSettings(first, then) {
    const both = { ...first, ...then };
    if (first.params || then.params) both.params = { ...first.params, ...then.params };
    if (first.overrides || then.overrides) both.overrides = [...(first.overrides ?? []), ...(then.overrides ?? [])];
    return both;
  }

  // Commands that were given while a request was in flight go together into the next one.
  function mergeCommands(first, then) {
    if (!first || !then) return { ...first, ...then };
    const both = { ...first, ...then, set: mergeSettings(first.set ?? {}, then.set ?? {}) };
    both.steps = (beginsRun(then) ? 0 : first.steps || 0) + (then.steps || 0);
    both.scenario = { ...first.scenario, ...then.scenario };
    both.upload = { ...first.upload, ...then.upload };
    both.link = then.link || first.link;
    both.file = then.file || first.file;
    both.config = then.config || first.config;
    for (const flag of ["share", "save", "restart", "full", "fill"]) both[flag] = Boolean(first[flag] || then[flag]);
    return both;
  }

  // Steps that were asked for before a change are taken before it; a command that begins another run overtakes them.
  function queueCommand(waiting, command) {
    if (beginsRun(command)) return [[...waiting, command].reduce(mergeCommands, null)];
    const last = waiting.at(-1);
    if (last?.steps && (command.set || command.upload || command.scenario)) return [...waiting, command];
    return [...waiting.slice(0, -1), mergeCommands(last, command)];
  }

  const opensRun = ({ link, file, config }) => Boolean(link || file || config);

  const beginsRun = (command) => Boolean(command.restart) || opensRun(command);

  // Steps that are refused would be refused again: the run pauses. A refused change leaves it as it is, and running.
  const isUsers = ({ steps: _steps, ...command }) => Object.values(command).some(Boolean);

  window.dash_clientside.commands = { mergeCommands, queueCommand, beginsRun, opensRun, isUsers };
})();
