-- Lets an application's identity read, write and make tables. It may be run again, and follows an identity that was made anew.
-- The user is made from the client id, which is its SID: FROM EXTERNAL PROVIDER gives the same user, but the server would
-- need a right to read the directory, which only an administrator of the whole tenant can give it.
SET NOCOUNT ON;
SET XACT_ABORT ON;

DECLARE @name sysname = N'$(name)';
DECLARE @sid varbinary(16) = CAST(CAST('$(client_id)' AS uniqueidentifier) AS varbinary(16));
DECLARE @statement nvarchar(max);

IF EXISTS (SELECT 1 FROM sys.database_principals WHERE name = @name AND sid <> @sid)
BEGIN
    SET @statement = N'DROP USER ' + QUOTENAME(@name);
    EXEC (@statement);
END;

IF NOT EXISTS (SELECT 1 FROM sys.database_principals WHERE name = @name)
BEGIN
    SET @statement = N'CREATE USER ' + QUOTENAME(@name)
        + N' WITH SID = ' + CONVERT(nvarchar(64), @sid, 1) + N', TYPE = E';
    EXEC (@statement);
END;

DECLARE @role sysname;
DECLARE roles CURSOR LOCAL FAST_FORWARD FOR
    SELECT role FROM (VALUES (N'db_datareader'), (N'db_datawriter'), (N'db_ddladmin')) AS wanted (role)
    WHERE IS_ROLEMEMBER(role, @name) = 0;
OPEN roles;
FETCH NEXT FROM roles INTO @role;
WHILE @@FETCH_STATUS = 0
BEGIN
    SET @statement = N'ALTER ROLE ' + QUOTENAME(@role) + N' ADD MEMBER ' + QUOTENAME(@name);
    EXEC (@statement);
    FETCH NEXT FROM roles INTO @role;
END;
CLOSE roles;
DEALLOCATE roles;
