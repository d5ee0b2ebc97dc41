// Without this the page does all it must. With it, it begins in the buyer's own time zone.
"use strict";

(() => {
  const form = document.getElementById("zones");
  if (!form) return;
  const select = form.elements.zone;
  select.addEventListener("change", () => form.requestSubmit());
  if ("chosen" in form.dataset) return;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const known = [...select.options].some((option) => option.value === here);
  if (!known || here === form.dataset.zone) return;
  const address = new URL(location.href);
  address.searchParams.set("zone", here);
  location.replace(address);
})();
