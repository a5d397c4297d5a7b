// npm run build:native
export const SOURCES_SHA256 = 'b0e1ff50d18ed89a40cae947410c27533778201db8348628dd73078f77cd1af3';
