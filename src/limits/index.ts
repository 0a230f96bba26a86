/** The door of the limits' room. */
export { openGuesses, type Admission, type Guesses } from './guesses.ts';
