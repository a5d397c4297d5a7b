// npm run build:native
export const SOURCES_SHA256 = 'a027c70b6fdd2161d049e7a68eb39fc73af8de824724c071b1be3e739170c2d5';
