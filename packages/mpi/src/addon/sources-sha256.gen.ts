// npm run build:native
export const SOURCES_SHA256 = '45f24c63d9788949ac2973f9c3f44e2fe7cecbea9513b74a8662a63066a13d06';
