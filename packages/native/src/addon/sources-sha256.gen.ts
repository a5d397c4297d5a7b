// npm run build:native
export const SOURCES_SHA256 = '83747324db45ffb9fe00c3b705ddf50afea9b853de8be540cbe74f6b7dde9bad';
