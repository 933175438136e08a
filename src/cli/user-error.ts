/** A mistake of the user's, or of the world around: printed as one sentence, without a stack. */
export class UserError extends Error {}
