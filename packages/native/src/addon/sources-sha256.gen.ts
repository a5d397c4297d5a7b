// npm run build:native
export const SOURCES_SHA256 = 'a60055d307df720a14debabaf55e3da455e8e289aa13296e8e600db992f0b3e7';
