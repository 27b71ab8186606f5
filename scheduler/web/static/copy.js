// Copies a link to the clipboard. Without JavaScript the button stays hidden, and a click selects the whole link.
"use strict";
for (const button of document.querySelectorAll("button[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  if (!source) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // Over plain HTTP browsers keep the clipboard back: then what is selected is copied the old way.
      getSelection().selectAllChildren(source);
      if (!document.execCommand("copy")) return;
    }
    const status = document.createElement("span");
    status.setAttribute("role", "status");
    status.textContent = button.dataset.done;
    button.nextElementSibling?.matches("[role=status]") ? button.nextElementSibling.replaceWith(status) : button.after(status);
  });
}
