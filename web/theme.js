// Light, dark, or as the system has it; remembered where the browser allows that.
import { button } from "./dom.js";

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const SIGN = { auto: "◐", light: "○", dark: "●" };
const PLACE = "memebuild-theme";

function remembered() {
  try {
    const theme = localStorage.getItem(PLACE);
    return theme in NEXT ? theme : "auto";
  } catch {
    return "auto";
  }
}

export function themeButton() {
  let theme = remembered();
  const apply = () => {
    document.documentElement.dataset.theme = theme;
    toggle.textContent = SIGN[theme];
    toggle.setAttribute("aria-label", `Theme: ${theme}. Change to ${NEXT[theme]}`);
    toggle.title = `Theme: ${theme}`;
    // Canvases read their colours anew.
    dispatchEvent(new Event("themechange"));
  };
  const toggle = button(
    "",
    () => {
      theme = NEXT[theme];
      try {
        localStorage.setItem(PLACE, theme);
      } catch {
        // It holds for this page alone.
      }
      apply();
    },
    { class: "icon theme" },
  );
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
  return toggle;
}
