// Gives this press a random text of its own, which says what is one press, and sends it on. Not when somebody comes back with the Back button.
// The page carries this shortened, for it is as light as it can be: tests/test_inline_scripts.py says how, and holds both together.
(function (form, navigation) {
  form.elements.opening.value = [].map.call(crypto.getRandomValues(new Uint8Array(16)), function (byte) {
    return (byte + 256).toString(16).slice(1);
  }).join("");
  navigation = performance.getEntriesByType("navigation")[0];
  if (!navigation || navigation.type != "back_forward") form.submit();
})(document.forms.going);
