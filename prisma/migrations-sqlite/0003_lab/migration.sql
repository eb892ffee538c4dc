-- AlterTable
ALTER TABLE "User" ADD COLUMN "labExpiresAt" DATETIME;

-- CreateTable
CREATE TABLE "LabRun" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "experiment" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "result" JSONB NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "LabRun_expiresAt_idx" ON "LabRun"("expiresAt");

-- CreateIndex
CREATE INDEX "User_labExpiresAt_idx" ON "User"("labExpiresAt");
