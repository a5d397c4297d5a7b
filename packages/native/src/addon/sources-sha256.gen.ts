// npm run build:native
export const SOURCES_SHA256 = '5b116f2235728522eed0254c9b8cdd9bad09c1fbaf3dd1d2eb905dac06ad5e20';
