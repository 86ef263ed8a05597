// Package theme is the look of Airial: a pine green on neutral greys, four meanings (done, waiting, late, refused) that
// never go without an icon and a word, three palettes (light, dark, high contrast) and three text sizes, changed live.
// A test measures the contrast of each pair of colours that meet (WCAG 2.1, 1.4.3 and 1.4.11).
package theme
