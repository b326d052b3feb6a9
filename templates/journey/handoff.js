// Sends the form to Kite by itself, once in a tab: whoever comes back with the Back button, or loads the page again, presses the button.
// The page carries this shortened, for it is as light as it can be: tests/test_inline_scripts.py says how, and holds both together.
(function (key, navigation) {
  navigation = performance.getEntriesByType("navigation")[0];
  if (navigation && navigation.type == "back_forward") return;
  // A browser that keeps nothing sends it each time.
  try {
    if (sessionStorage[key]) return;
    sessionStorage[key] = 1;
  } catch (error) {}
  document.forms["basket-form"].submit();
})("sent {{ execution.id }}");
