/** Attribute of a text in a picture that has no style sheet: what a viewer, a page and sharp all find. */
export const FONT = 'font-family="Helvetica, Arial, DejaVu Sans, sans-serif"';
