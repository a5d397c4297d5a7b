/** A part that an app may lack, and without which some verbs cannot work. */
export type AppPart = 'streamOutput' | 'huggingFace';
