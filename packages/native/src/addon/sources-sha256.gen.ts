// npm run build:native
export const SOURCES_SHA256 = '922cfe54472e3f3dce6774ad46551020396b87d16d172bff772cb3aebcfc752b';
