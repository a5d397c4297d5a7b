// npm run build:native
export const SOURCES_SHA256 = '62e88677571404631097db9cfe4be11b58716cad45b440a10a3d9c0ad94e5700';
