export { createAnswers, type RunningAnswers } from './create-answers.ts';
export { createReads, type CacheNote, type Reads } from './reads.ts';
