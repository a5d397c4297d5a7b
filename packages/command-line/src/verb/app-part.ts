/** The parts that an app may lack, and without which some verbs cannot work. */
export const APP_PARTS = ['streamOutput', 'huggingFace'] as const;

/** One of them. */
export type AppPart = (typeof APP_PARTS)[number];
