// Chooses the theme before anything is drawn; the button switches between automatic, light and dark.
(() => {
  "use strict";
  const { ids } = window.dash_clientside;
  const CHOICES = ["auto", "light", "dark"];
  const STORAGE_KEY = "theme";
  const root = document.documentElement;
  const darkScheme = window.matchMedia("(prefers-color-scheme: dark)");

  function readChoice() {
    try {
      const choice = window.localStorage.getItem(STORAGE_KEY);
      return CHOICES.includes(choice) ? choice : "auto";
    } catch {
      return root.dataset.themeChoice || "auto";
    }
  }

  function applyChoice(choice) {
    const automatic = darkScheme.matches ? "dark" : "light";
    root.dataset.themeChoice = choice;
    root.dataset.bsTheme = choice === "auto" ? automatic : choice;
  }

  function switchToNext() {
    const choice = CHOICES[(CHOICES.indexOf(root.dataset.themeChoice) + 1) % CHOICES.length];
    try {
      window.localStorage.setItem(STORAGE_KEY, choice);
    } catch {
      // A browser without storage keeps the choice until the page is left.
    }
    applyChoice(choice);
  }

  applyChoice(readChoice());
  darkScheme.addEventListener("change", () => applyChoice(readChoice()));
  // The button does not exist yet, so the document listens for it.
  document.addEventListener("click", (event) => event.target.closest(`#${ids.THEME}`) && switchToNext());
})();
