// Before the first paint: the theme that the viewer chose, if they did.
(() => {
  try {
    const chosen = localStorage.getItem("handrail-theme");
    if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  } catch {
    // storage is off: the system's preference stands
  }
})();
