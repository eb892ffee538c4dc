-- CreateTable
CREATE TABLE "Instance" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "startedAt" DATETIME NOT NULL,
    "seenAt" DATETIME NOT NULL,
    "shared" JSONB NOT NULL
);

-- CreateIndex
CREATE INDEX "Instance_seenAt_idx" ON "Instance"("seenAt");
