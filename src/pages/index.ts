/** The door of what every page shares: HTML that is escaped by construction, Markdown, the frame. */
export { html, render, type Html } from './html.ts';
export { markdown } from './markdown.ts';
export { dateTime, day, framed, pageHeaders, timeOfDay, type Frame } from './frame.ts';
