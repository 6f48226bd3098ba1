/** Changes whenever the same events would give other findings, or the state has another layout. */
export const scorerVersion = '5'
