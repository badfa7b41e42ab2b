// Works without it; a little better with it. Plain ES5: offices keep old browsers.
(function () {
  "use strict";
  function each(selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); }

  // What is wrong is read first.
  var summary = document.querySelector(".summary");
  if (summary) summary.focus();

  // A form is sent once, however often the button is pressed.
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.getAttribute("data-sent")) { event.preventDefault(); return; }
    form.setAttribute("data-sent", "1");
    setTimeout(function () { form.removeAttribute("data-sent"); }, 4000);
  });
  // A page that Back brings from memory is as it was left: its forms may be sent again.
  window.addEventListener("pageshow", function () {
    each("form[data-sent]", function (form) { form.removeAttribute("data-sent"); });
  });

  // What was typed and not kept is asked about before the page is left.
  each("form[data-keep]", function (form) {
    var changed = false;
    form.addEventListener("input", function () { changed = true; });
    form.addEventListener("submit", function () { changed = false; });
    window.addEventListener("beforeunload", function (event) {
      if (changed) { event.preventDefault(); event.returnValue = ""; }
    });
  });

  // A part that does not belong is hidden while it is empty.
  function valueOf(form, name) {
    var chosen = form.querySelector('[name="' + name + '"]:checked');
    var field = form.querySelector('[name="' + name + '"]');
    return chosen ? chosen.value : field && field.type !== "radio" ? field.value : "";
  }
  each("[data-hidden-when]", function (part) {
    var form = part.closest ? part.closest("form") : document.forms[0];
    var when = JSON.parse(part.getAttribute("data-hidden-when"));
    function look() {
      var input = part.querySelector("input:not([type=radio]), select, textarea");
      var filled = input ? input.value : part.querySelector(":checked");
      part.hidden = when.values.indexOf(valueOf(form, when.field)) >= 0 && !filled;
    }
    form.addEventListener("change", look);
    look();
  });

  // Yuan are shown as 万元 beside the field: a nought too many is seen.
  each("[data-yuan]", function (input) {
    var shown = document.createElement("span");
    shown.className = "as-money";
    shown.setAttribute("aria-live", "polite");
    input.parentNode.appendChild(shown);
    function tell() {
      var text = input.value.replace(/[,，\s]/g, "");
      var yuan = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
      shown.textContent = yuan >= 10000 ? "= " + (Math.round(yuan / 100) / 100) + " 万元" : "";
    }
    input.addEventListener("input", tell);
    tell();
  });

  // Of a drawing wider than the screen, today is seen first.
  each("svg[data-seen]", function (drawing) {
    var around = drawing.parentNode;
    around.scrollLeft = Number(drawing.getAttribute("data-seen")) - around.clientWidth / 2;
  });

  // A file that is too large is told before it is sent.
  each("input[type=file][data-most]", function (input) {
    input.addEventListener("change", function () {
      var file = input.files && input.files[0];
      var most = Number(input.getAttribute("data-most"));
      input.setCustomValidity(file && file.size > most ? "文件超过上限 " + Math.round(most / 1048576) + " MB" : "");
      if (input.reportValidity) input.reportValidity();
    });
  });
})();
