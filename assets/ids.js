// Gives the other scripts the ids of the page's elements, which web/ids.py spells once and the index carries as JSON.
(() => {
  "use strict";
  const element = document.getElementById("ids");
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.ids = Object.freeze(JSON.parse(element.textContent));
})();
