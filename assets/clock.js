// The clock of the simulation: turns the time that passes on the page into the steps to ask for.
(() => {
  "use strict";
  const MAX_STEPS = 240;
  const MIN_TICK_MS = 500;
  const SLACK_MS = 60;
  const MAX_ELAPSED_MS = 1000;
  const MAX_BEHIND_MIN = 7 * 24 * 60;

  class Clock {
    static MAX_STEPS = MAX_STEPS;
    playing = true;
    isStarting = true;
    speed = 15;
    stepMin = 15;
    owedMin = 0;
    behindMin = 0;
    tickedAt = 0;
    hiddenAt = null;

    // The first step follows a press of Start at once, not after a whole step's time.
    setPlaying(on) {
      this.playing = on;
      this.isStarting = on;
      this.owedMin = on ? this.stepMin : 0;
      this.behindMin = 0;
    }

    setSpeed(value) {
      this.speed = Number(value) || this.speed;
      this.owedMin = Math.min(this.owedMin, this.stepMin);
    }

    // Goes on from another clock; the steps for which that one has no reply yet are due again.
    follow({ owedMin, stepMin, tickedAt }, steps) {
      this.owedMin = owedMin + steps * stepMin;
      this.tickedAt = tickedAt;
    }

    // A timer that was held up (a debugger, a laptop asleep) counts as one second: the simulation does not jump.
    measureElapsed(at) {
      const elapsedMs = Math.min(at - this.tickedAt, MAX_ELAPSED_MS);
      this.tickedAt = at;
      return elapsedMs;
    }

    // A slow server makes the simulation slower; it does not build up steps to run through afterwards.
    advance(elapsedMs) {
      const mostMin = 1.5 * Math.max(this.stepMin, this.speed);
      this.owedMin = Math.min(this.owedMin + (elapsedMs / 1000) * this.speed, mostMin);
    }

    hide(at) {
      this.hiddenAt ??= at;
    }

    // A hidden page asks for nothing. When it is shown again it catches up, by at most a week of the simulation.
    show(at, { running }) {
      if (this.hiddenAt === null) return;
      const missedMin = ((at - this.hiddenAt) / 1000) * this.speed;
      if (this.playing && running) this.behindMin = Math.min(this.behindMin + missedMin, MAX_BEHIND_MIN);
      this.hiddenAt = null;
    }

    // The slack lets a step that is due between two ticks of the timer go with the earlier one.
    takeSteps(sinceRequestMs) {
      const slackMin = (this.speed * SLACK_MS) / 1000;
      const due = Math.floor((this.owedMin + slackMin) / this.stepMin);
      const behind = Math.floor(this.behindMin / this.stepMin);
      const steps = Math.min(due + behind, MAX_STEPS);
      if (steps < 1 || (sinceRequestMs < MIN_TICK_MS - SLACK_MS && !this.isStarting)) return 0;
      this.isStarting = false;
      const dueTaken = Math.min(due, steps);
      this.owedMin -= dueTaken * this.stepMin;
      this.behindMin -= (steps - dueTaken) * this.stepMin;
      return steps;
    }
  }

  window.dash_clientside.Clock = Clock;
})();
